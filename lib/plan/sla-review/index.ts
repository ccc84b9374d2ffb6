export { type Month, monthBefore, monthOf } from './month';
export { cells, inMarkdown, nameOf, remarks, type SlaReport } from './report';
export { type Incident, type Observed, promisedBy, type Promised, type Published, review, type Review, type Usage } from './review';
