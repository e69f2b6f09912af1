# Every file of a local directory, below site/ on the branch. One apply, one commit, however many of them changed.
resource "nanogit_files" "site" {
  source_dir = "${path.module}/public"
  exclude    = ["**/*.map", "drafts/**"]
  prefix     = "site"
}

# An exact mirror: what others put below the prefix is removed by the next apply, which shows it first.
resource "nanogit_files" "charts" {
  source_dir = "${path.module}/charts"
  include    = ["**/*.yaml", "**/*.tpl"]
  prefix     = "deploy/charts"
  prune      = "all"
}

# From a map. The plan lists just the paths that change.
resource "nanogit_files" "teams" {
  prefix         = "teams"
  commit_message = "Update the teams"

  files = merge(
    { for name, team in var.teams : "${name}/team.yaml" => { content = yamlencode(team) } },
    {
      "sync"     = { content = "#!/bin/sh\nexec teamctl sync .\n", mode = "100755" }
      "default"  = { content = "platform", mode = "120000" }
      "logo.png" = { source = "${path.module}/logo.png" }
    },
  )
}

variable "teams" {
  type = map(object({ members = list(string) }))
}

# Changes that wait for the commit that names them, here together with those of a single file.
resource "nanogit_files" "dashboards" {
  source_dir  = "${path.module}/dashboards"
  prefix      = "dashboards"
  commit_mode = "explicit"
}

resource "nanogit_file" "index" {
  path        = "dashboards.txt"
  content     = join("\n", keys(nanogit_files.dashboards.blob_ids))
  commit_mode = "explicit"
}

resource "nanogit_commit" "dashboards" {
  message = "Update the dashboards"
  files   = merge(nanogit_files.dashboards.blob_ids, { (nanogit_file.index.path) = nanogit_file.index.blob_id })
}
