# A secret from one repository to another: neither the plan nor the state has it.
ephemeral "nanogit_file" "license" {
  repository = "https://git.example.org/platform/licenses.git"
  path       = "product/license.key"
}

resource "nanogit_file" "license" {
  path               = "deploy/license.key"
  content_wo         = ephemeral.nanogit_file.license.content
  content_wo_version = 1
}
