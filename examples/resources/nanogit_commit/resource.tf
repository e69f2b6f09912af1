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

# A directory is one resource, and names all of its files at once. With merge() single files join it.
resource "nanogit_files" "site" {
  source_dir  = "${path.module}/public"
  prefix      = "site"
  commit_mode = "explicit"
}

resource "nanogit_commit" "site" {
  message = "Publish the site"
  files   = nanogit_files.site.blob_ids
}
