# The release tags, and the commit of each.
data "nanogit_refs" "releases" {
  prefix = "refs/tags/v"
}

output "releases" {
  value = { for name, ref in data.nanogit_refs.releases.refs : trimprefix(name, "refs/tags/") => ref.commit_id }
}
