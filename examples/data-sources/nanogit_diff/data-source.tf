# What changed since the last release, in the provider's branch.
data "nanogit_diff" "release" {
  base = "v1.4.0"
}

# A patch of a directory, between two branches.
data "nanogit_diff" "charts" {
  base  = "main"
  head  = "staging"
  path  = "charts"
  patch = true
}

locals {
  changed_services = toset([
    for f in data.nanogit_diff.release.files : split("/", f.path)[1] if startswith(f.path, "services/")
  ])
}

output "charts_patch" {
  value = data.nanogit_diff.charts.unified_diff
}
