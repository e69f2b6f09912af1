# Text. What changes together is committed together.
resource "nanogit_file" "values" {
  for_each = {
    staging    = { replicas = 1 }
    production = { replicas = 3 }
  }

  path    = "deploy/${each.key}/values.yaml"
  content = yamlencode(each.value)
}

# A script, with a message of its own.
resource "nanogit_file" "check" {
  path           = "bin/check"
  mode           = "100755"
  content        = "#!/bin/sh\nexec helm lint deploy/*\n"
  commit_message = "Check the charts before a deployment"
}

# A symbolic link: its content is its target.
resource "nanogit_file" "current" {
  path    = "deploy/current"
  mode    = "120000"
  content = "production"
}

# A local file of any size: streamed, and never in the state.
resource "nanogit_file" "manual" {
  path   = "docs/manual.pdf"
  source = "${path.module}/manual.pdf"
}

# Written once and then left to the people who edit it.
resource "nanogit_file" "owners" {
  path       = "CODEOWNERS"
  content    = "* @example/platform\n"
  seed_only  = true
  on_destroy = "keep"
}

# In another repository, on another branch. Credentials for another host come from the provider's `hosts`.
resource "nanogit_file" "notice" {
  repository = "https://github.com/example/website"
  branch     = "content"

  path    = "notices/maintenance.md"
  content = "Maintenance on Sunday.\n"
}
