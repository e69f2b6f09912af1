// Package miniengine drives a provider at the level of its protocol as terraform does, in the
// process of a test, in milliseconds where terraform takes seconds.
//
//	Config ──► Plan:  a process that is not configured validates; then, one provider process for each provider
//	              │   block: each resource is validated, read and planned, after what it refers to
//	              ▼
//	State  ──► Apply: others; each change is planned once more and applied; then the processes end
//	              └── Kill: they end there and then, or their engine does
//
// It handles state, private state, order and failures as terraform was observed to do, and makes
// terraform's checks: a provider whose apply differs from its plan gets the error that terraform
// reports.
//
// There are no modules, no data sources, no count or for_each, and no expressions but references. A
// [Blocker] stands for the failures of other providers.
package miniengine
