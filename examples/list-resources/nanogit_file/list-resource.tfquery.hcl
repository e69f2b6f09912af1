list "nanogit_file" "charts" {
  provider         = nanogit
  include_resource = true
  limit            = 1000

  config {
    ref     = "main"
    prefix  = "charts"
    include = ["**/*.yaml"]
    exclude = ["**/test/**"]
  }
}
