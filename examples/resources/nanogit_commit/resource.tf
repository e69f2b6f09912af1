# Files that wait for the commit that names them. With commit_mode in the provider block, all do.
resource "nanogit_file" "values" {
  for_each = {
    staging    = { replicas = 1 }
    production = { replicas = 3 }
  }

  path        = "deploy/${each.key}/values.yaml"
  content     = yamlencode(each.value)
  commit_mode = "explicit"
}

# However many files change, are added or removed: one commit and one push.
resource "nanogit_commit" "deploy" {
  message = "Deploy what Terraform knows"
  files   = { for f in nanogit_file.values : f.path => f.blob_id }

  author   = { name = "Deploy Bot", email = "deploy@example.com" }
  trailers = { Change-Id = "42" }
}
