# A branch, its first file, and an annotated tag of the result, in one apply.
# The tag is signed if the provider has a key (commit.signing).
resource "nanogit_branch" "release" {
  name = "release/1.x"
}

resource "nanogit_file" "version" {
  branch  = nanogit_branch.release.name
  path    = "VERSION"
  content = "1.0.0\n"
}

resource "nanogit_tag" "release" {
  name       = "v1.0.0"
  target     = nanogit_branch.release.name
  message    = "Release 1.0.0"
  depends_on = [nanogit_file.version]
}

# A lightweight tag that follows the configuration.
resource "nanogit_tag" "production" {
  name    = "production"
  target  = "v0.9.0"
  movable = true
}
