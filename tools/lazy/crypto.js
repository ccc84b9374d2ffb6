'use strict';
require('./lazily')(exports, NAMES_IN_CRYPTO, () => require('crypto'));
