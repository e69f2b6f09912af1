# Every file below site/ on the provider's repository and branch.
terraform import nanogit_files.site site

# On another branch.
terraform import nanogit_files.site release:site

# In another repository. Nothing after the colon stands for the root.
terraform import nanogit_files.site 'https://github.com/example/website#content:'
