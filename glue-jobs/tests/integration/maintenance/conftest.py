"""The mesh that the tests of this folder run in."""

from disk_mesh import mesh as mesh
from disk_mesh import passing as passing
