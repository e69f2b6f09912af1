# A branch that starts at the default branch, with its first file.
resource "nanogit_branch" "staging" {
  name = "staging"
}

resource "nanogit_file" "environment" {
  branch  = nanogit_branch.staging.name
  path    = "environment"
  content = "staging\n"
}

# A branch that starts at a tag, and stays when the resource is destroyed.
resource "nanogit_branch" "maintenance" {
  name       = "release/1.x"
  from       = "v1.0.0"
  on_destroy = "keep"
}
