resource "nanogit_files" "site" {
  prefix = "site"
  files = {
    "index.md"      = { content = "# Welcome\n" }
    "blog/first.md" = { content = "# First\n" }
    "style.css"     = { content = "body { margin: 0 }\n" }
  }
}

# ["site/blog/first.md", "site/index.md"]
output "pages" {
  value = provider::nanogit::glob("site/**/*.md", keys(nanogit_files.site.blob_ids))
}
