// Package resources holds what configurations are written with: nanogit_file, nanogit_files and
// nanogit_commit.
//
//	terraform ──► schema, validators ──► ModifyPlan ──► Create / Update / Delete
//	                                        │                  │
//	                                        │ Lookup           │ Announce, StageBlob, Submit; or StagePut, CommitStaged
//	                                        ▼                  ▼
//	             Session ───────────────► gitqueue.Repo ─► gitqueue.Branch
//	             (what the provider block says; made by internal/provider)
//
// A resource turns a model into a [gitwriter.Change] and a [gitwriter.Result] into state. What a
// plan says is decided by pure functions over values (writes, compare), which need no server to be
// tested.
package resources
