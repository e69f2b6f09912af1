# The files of a release are written to staging, and production follows.
resource "nanogit_commit" "staging" {
  branch  = "staging"
  files   = { for f in nanogit_file.manifest : f.path => f.blob_id }
  message = "Release ${var.release}"

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.nanogit_promote.production]
    }
  }
}

action "nanogit_promote" "production" {
  config {
    branch = "production"
    to     = "staging"
  }
}
