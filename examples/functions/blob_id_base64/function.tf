# The id of a file that is not text.
output "manual" {
  value = provider::nanogit::blob_id_base64(filebase64("${path.module}/manual.pdf"))
}
