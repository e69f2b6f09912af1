list "nanogit_branch" "releases" {
  provider         = nanogit
  include_resource = true

  config {
    include = ["release/*"]
  }
}
