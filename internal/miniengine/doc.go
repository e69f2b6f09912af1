// Package miniengine drives a provider at the level of its protocol as terraform does, in the
// process of a test, in milliseconds where terraform takes seconds.
//
//	Config ──► Plan:  a process that is not configured validates; then, one provider process for each provider
//	              │   block: each resource is validated, read and planned, after what it refers to
//	              ▼
//	State  ──► Apply: others; each change is planned once more and applied; then the processes end
//	              └── Kill: they end there and then, or their engine does
//
// What terraform was seen to do with state, private state, order and failures is done here too, and
// what it checks is checked: a provider that plans one thing and makes another gets an error here
// as it would there.
//
// There are no modules, no data sources, no count or for_each, and no expressions but references. A
// [Blocker] stands for the failures of other providers.
package miniengine
