# The directories below apps/, and the submodules of the whole repository.
data "nanogit_tree" "apps" {
  path = "apps"
}

data "nanogit_tree" "all" {
  recursive = true
}

output "apps" {
  value = [for entry in data.nanogit_tree.apps.entries : entry.name if entry.type == "tree"]
}

output "submodules" {
  value = { for entry in data.nanogit_tree.all.entries : entry.path => entry.id if entry.type == "commit" }
}
