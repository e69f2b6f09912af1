# A file of the provider's repository, at its branch.
data "nanogit_file" "versions" {
  path = "config/versions.json"
}

locals {
  versions = jsondecode(data.nanogit_file.versions.content)
}

# A file of another repository, at a tag.
data "nanogit_file" "chart" {
  repository = "https://git.example.org/platform/charts.git"
  ref        = "v1.4.0"
  path       = "charts/web/values.yaml"
}

# A file that may be missing.
data "nanogit_file" "owners" {
  path     = "CODEOWNERS"
  required = false
}

output "owners" {
  value = data.nanogit_file.owners.exists ? data.nanogit_file.owners.content : "nobody"
}
