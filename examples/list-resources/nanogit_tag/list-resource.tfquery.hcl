list "nanogit_tag" "versions" {
  provider         = nanogit
  include_resource = true

  config {
    include = ["v*"]
    exclude = ["*-rc*"]
  }
}
