"""Landing and raw zone as folders."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from mesh_jobs.adapters.connections import EnvironmentConnections
from mesh_jobs.adapters.raw_manifest import Manifest, manifest_from
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import FileSource, Product
from mesh_jobs.ports.engine import RawFile
from mesh_jobs.ports.raw_zone import Kept, Landed, Reading
from mesh_jobs.ports.remotes import Fetched

_BLOCK = 4 << 20


class FolderRawZone:
    """`landing/<domain>/<entity>-v<major>/<path>` takes what people drop; `raw/…/<source>/<run-id>/` keeps what runs
    read, with a manifest. `inputs` replaces the landing of a source for one run."""

    def __init__(self, state: Path, root: Path, inputs: Mapping[str, str] | None = None) -> None:
        self._state, self._root, self._inputs = state, root, dict(inputs or {})

    def landed(self, product: Product, source: FileSource) -> Sequence[Landed]:
        given = self._inputs.get(source.name)
        if given is not None:
            place = (self._root / given).absolute()
            files = _files_in(place)
            if not files:
                what = "holds no file" if place.is_dir() else "does not exist"
                raise BadInput(f"source {source.name}: {place} {what}", f"correct --input {source.name}=PATH")
            return self._described(files, place)
        landing = self._landing(product, source)
        files = _files_in(landing)
        if files:
            return self._described(files, landing)
        return self._sampled(source, landing)

    def _sampled(self, source: FileSource, landing: Path) -> Sequence[Landed]:
        sample = None if source.sample is None else (self._root / source.sample).absolute()
        files = [] if sample is None else _files_in(sample)
        if sample is None or not files:
            missing = "" if sample is None else f", and its sample {source.sample} does not exist"
            connect = ""
            if source.remote is not None and source.remote.connection is not None:
                connect = f"set {EnvironmentConnections().place(source.remote.connection)} to read it where it is, or "
            raise BadInput(
                f"source {source.name}: there are no files in {landing}{missing}",
                f"{connect}put files there, or name them: --input {source.name}=PATH",
            )
        note = None
        if source.remote is not None:
            note = f"source {source.name} ({source.remote.kind}) is read from its sample {source.sample} here"
        return self._described(files, sample, note)

    def _landing(self, product: Product, source: FileSource) -> Path:
        return self._state / "landing" / product.domain / product.slug / source.path

    def _described(self, files: Sequence[Path], place: Path, note: str | None = None) -> Sequence[Landed]:
        found = []
        for file in files:
            stat = file.stat()
            inside = file.relative_to(place) if file != place else Path(file.name)
            found.append(
                Landed(
                    origin=self._shown(file),
                    size=stat.st_size,
                    fingerprint=f"{stat.st_size}:{stat.st_mtime_ns}:{inside.as_posix()}",
                    arrived_at=datetime.fromtimestamp(stat.st_mtime, UTC),
                    note=note,
                )
            )
        return sorted(found, key=lambda f: (f.arrived_at, f.origin))

    def _shown(self, file: Path) -> str:
        return str(file.relative_to(self._root)) if file.is_relative_to(self._root) else str(file)

    def preserve(self, product: Product, source: FileSource, files: Sequence[Landed], reading: Reading) -> Kept:
        kept = self._folder(product, source, reading.run_id)
        if not kept.exists():
            partial = _emptied(kept)
            entries = []
            known = self._known(kept.parent)
            for n, file in enumerate(files):
                name = f"{n:05d}-{Path(file.origin).name}"
                identity = _identity(self._root / file.origin)
                digest = _link(known.get(identity), partial / name)
                if digest is None:
                    digest = copy_with_digest(self._root / file.origin, partial / name, file)
                entries.append(
                    {
                        "file": name,
                        "origin": file.origin,
                        "size": file.size,
                        "sha256": digest,
                        "identity": identity,
                        "arrivedAt": file.arrived_at.isoformat(),
                        "runId": reading.run_id,
                        "readAt": reading.now.isoformat(),
                    }
                )
            _seal(partial, kept, Manifest(entries, reading.step))
        return _kept(kept, _manifest(kept))

    def keep(
        self, product: Product, source: FileSource, files: Sequence[Fetched], at: datetime, reading: Reading
    ) -> Kept:
        kept = self._folder(product, source, reading.run_id)
        if not kept.exists():
            partial = _emptied(kept)
            entries = []
            for n, file in enumerate(files):
                own = partial / f"{n:05d}-{file.path.name}"
                shutil.move(file.path, own)
                entries.append(
                    {
                        "file": own.name,
                        "origin": file.origin,
                        "size": own.stat().st_size,
                        "sha256": file_digest(own),
                        # It was copied from nowhere, so nothing else is the same.
                        "identity": "",
                        "arrivedAt": at.isoformat(),
                        "runId": reading.run_id,
                        "readAt": reading.now.isoformat(),
                    }
                )
            _seal(partial, kept, Manifest(entries, reading.step))
        return _kept(kept, _manifest(kept))

    def _known(self, runs: Path) -> dict[str, tuple[Path, str]]:
        """Files that the run before keeps, by what they were copied from, with their digests: a reload of the same
        files need not copy them again, since what is in the raw zone never changes."""
        latest = max(
            (p for p in runs.iterdir() if (p / "manifest.json").is_file()),
            key=lambda p: p.stat().st_mtime_ns,
            default=None,
        )
        if latest is None:
            return {}
        try:
            entries = _manifest(latest).files
        except BadInput:
            return {}
        return {e["identity"]: (latest / e["file"], e["sha256"]) for e in entries}

    def preserved(self, product: Product, source: FileSource, run_id: str) -> Kept | None:
        folder = self._folder(product, source, run_id)
        if not folder.exists():
            return None
        manifest = _manifest(folder)
        kept = _kept(folder, manifest)
        digests = {e["file"]: e["sha256"] for e in manifest.files}
        for file in kept.files:
            path = Path(file.uri)
            if not path.is_file():
                raise BadInput(f"{path}: the preserved file is gone (it came from {file.origin})", "start a new run")
            if file_digest(path) != digests[path.name]:
                raise BadInput(
                    f"{path}: the preserved file was changed (it came from {file.origin})", "start a new run"
                )
        return kept

    def _folder(self, product: Product, source: FileSource, run_id: str) -> Path:
        # What has landed is everybody's; what a run has read is its environment's.
        domain = product.domain if product.environment is None else f"{product.domain}_{product.environment}"
        return self._state / "raw" / domain / product.slug / source.name / run_id


def _emptied(kept: Path) -> Path:
    """Where the files of a run are gathered."""
    partial = kept.with_name(f"{kept.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    return partial


def _seal(partial: Path, kept: Path, manifest: Manifest) -> None:
    """The folder appears whole or not at all: a run that dies while copying leaves only the partial one."""
    (partial / "manifest.json").write_text(manifest.to_text(), "utf-8")
    partial.rename(kept)


def _files_in(place: Path) -> list[Path]:
    """A file, or all files below a folder but hidden ones and markers such as _SUCCESS."""
    if place.is_file():
        return [place]
    return [
        p
        for p in sorted(place.rglob("*"))
        if p.is_file() and not any(part.startswith((".", "_")) for part in p.relative_to(place).parts)
    ]


def _manifest(folder: Path) -> Manifest:
    place = folder / "manifest.json"
    return manifest_from(place.read_text("utf-8"), str(place))


def _kept(folder: Path, manifest: Manifest) -> Kept:
    files = tuple(
        RawFile(
            uri=str(folder / e["file"]),
            origin=e["origin"],
            size=e["size"],
            arrived_at=datetime.fromisoformat(e["arrivedAt"]),
            run_id=e["runId"],
        )
        for e in manifest.files
    )
    return Kept(files, dict(manifest.step))


def _identity(file: Path) -> str:
    """Changes whenever anything is written to the file, or another takes its place: nobody can set the change time."""
    s = file.stat()
    return f"{s.st_dev}:{s.st_ino}:{s.st_size}:{s.st_mtime_ns}:{s.st_ctime_ns}"


def _link(known: tuple[Path, str] | None, target: Path) -> str | None:
    """Gives a kept file a second name, and its digest; None where there is none, or it cannot be."""
    if known is None:
        return None
    try:
        os.link(known[0], target)
    except OSError:
        return None
    return known[1]


def copy_with_digest(source: Path, target: Path, expected: Landed) -> str:
    """Copies a file and gives its SHA-256. The kernel copies while another thread reads and hashes, so both cost what
    the slower one does. Raises BadInput when the file changes meanwhile."""
    failed: list[BaseException] = []

    def copy() -> None:
        try:
            _copy(source, target)
        except BaseException as error:
            failed.append(error)

    worker = threading.Thread(target=copy)
    worker.start()
    try:
        digest = file_digest(source)
    finally:
        worker.join()
    if failed:
        raise failed[0]
    stat = source.stat()
    same = stat.st_size == expected.size and datetime.fromtimestamp(stat.st_mtime, UTC) == expected.arrived_at
    if not same or target.stat().st_size != expected.size:
        raise BadInput(
            f"{expected.origin} was changed while it was being read", "start the run again when it is complete"
        )
    return digest


def _copy(source: Path, target: Path) -> None:
    with source.open("rb", buffering=0) as old, target.open("xb", buffering=0) as new:
        left = os.fstat(old.fileno()).st_size
        while left > 0:
            try:
                copied = os.copy_file_range(old.fileno(), new.fileno(), min(left, 1 << 30))
            except (OSError, AttributeError):
                # Across file systems, or where the kernel has no such call.
                shutil.copyfileobj(old, new, _BLOCK)
                return
            if copied == 0:
                return
            left -= copied


def file_digest(path: Path) -> str:
    """SHA-256 in hex."""
    digest, buffer = hashlib.sha256(), bytearray(_BLOCK)
    view = memoryview(buffer)
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(buffer):
            digest.update(view[:count])
    return digest.hexdigest()
