// Package listing holds the list resources of the provider, for `terraform query`: nanogit_file,
// nanogit_branch and nanogit_tag.
//
//	list block ──► config ──► items: files of a snapshot, tips of refs
//	                            │ by 64, concurrently: contents, tags
//	                            ▼
//	                    resources.Listed ──► identity, name, state ──► engine
//
// Results are made as the engine takes them, so that a limit also limits the requests.
package listing
