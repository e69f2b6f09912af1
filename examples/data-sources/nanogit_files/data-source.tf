# Every team's settings, in one request.
data "nanogit_files" "teams" {
  prefix       = "teams"
  include      = ["*.yaml"]
  with_content = true
}

locals {
  teams = { for path, file in data.nanogit_files.teams.files : trimsuffix(path, ".yaml") => yamldecode(file.content) }
}

# A directory of another repository, copied as it is.
data "nanogit_files" "template" {
  repository   = "https://git.example.org/platform/template.git"
  ref          = "v3"
  prefix       = "skeleton"
  with_content = true
}

resource "nanogit_files" "skeleton" {
  files = {
    for path, file in data.nanogit_files.template.files : path => {
      content_base64 = file.content_base64
      mode           = file.mode
    }
  }
}
