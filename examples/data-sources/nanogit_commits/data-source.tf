# The last ten commits of a branch, merges of others into it as one each.
data "nanogit_commits" "main" {
  ref          = "main"
  first_parent = true
  limit        = 10
}

# The last change of a directory.
data "nanogit_commits" "charts" {
  path  = "charts/web"
  limit = 1
}

# What changed in a month.
data "nanogit_commits" "january" {
  path  = "policies"
  since = "2026-01-01T00:00:00Z"
  until = "2026-01-31T23:59:59Z"
}

output "changelog" {
  value = [for c in data.nanogit_commits.main.commits : "${substr(c.commit_id, 0, 8)} ${c.subject}"]
}

output "charts_changed_by" {
  value = one(data.nanogit_commits.charts.commits[*].author.name)
}
