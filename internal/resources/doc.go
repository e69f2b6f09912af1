// Package resources holds the resources of the provider: nanogit_file, nanogit_files,
// nanogit_commit, nanogit_branch and nanogit_tag. The data sources are in package reading.
//
//	terraform ──► schema, validators ──► ModifyPlan ──► Create / Update / Delete
//	                                        │                  │
//	                                        │ Lookup           │ Announce, StageBlob, Submit; or StagePut, CommitStaged
//	                                        ▼                  ▼
//	             session.Session ───────► session.Target: a location and its gitqueue.Branch
//	             (the provider block; made by internal/provider)
//
// A resource turns a model into a [gitwriter.Change] and a [gitwriter.Result] into state. A
// nanogit_file is a nanogit_files of one file, plus rename and seed: both have the same engine.
//
//	planning   a plan: location, claims, new paths (plan.go)
//	write      a creation or an update: staging, submission, or leaving it to a nanogit_commit (write*.go)
//	removal    a deletion and its plan (removal*.go)
//	hints      the hint record in private state (hints*.go)
//	explicit   the rules of explicit mode (explicit*.go, write_leave.go)
//
// The values of a plan are decided by pure functions over values (writes, compare), which need no
// server to be tested.
package resources
