// The page.

import { setUpPair } from './page-pair.js';
import { setUpRead } from './page-read.js';
import { Work } from './work.js';

const work = new Work();
setUpRead(work);
setUpPair(work);
