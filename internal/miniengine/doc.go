// Package miniengine drives a provider at the level of its protocol as terraform does, in the process of a test, in
// milliseconds where terraform takes seconds.
//
//	Config ──► Plan:  one provider process; each resource is validated, read and planned, after what it refers to
//	              │
//	              ▼
//	State  ──► Apply: another one; each change is planned once more and applied; then the process ends
//	              └── Kill: it ends there and then, or its engine does
//
// What terraform was seen to do with state, private state, order and failures is done here too, and what it checks is
// checked: a provider that plans one thing and makes another gets an error here as it would there.
//
// There are no modules, no data sources, no expressions but references, and no create_before_destroy.
package miniengine
