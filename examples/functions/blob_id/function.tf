resource "nanogit_file" "notice" {
  path      = "NOTICE"
  content   = "Closed on Sunday.\n"
  seed_only = true
}

# Whether somebody edited the seed since.
output "edited" {
  value = nanogit_file.notice.blob_id != provider::nanogit::blob_id("Closed on Sunday.\n")
}

# The id in a repository of the object format SHA-256.
output "sha256" {
  value = provider::nanogit::blob_id("Closed on Sunday.\n", "sha256")
}
