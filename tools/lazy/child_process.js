'use strict';
require('./lazily')(exports, NAMES_IN_CHILD_PROCESS, () => require('child_process'));
