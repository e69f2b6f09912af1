# A file on the provider's repository and branch.
terraform import nanogit_file.check bin/check

# On another branch.
terraform import nanogit_file.check release:bin/check

# In another repository. The first colon after the # ends the branch.
terraform import nanogit_file.notice 'https://github.com/example/website#content:notices/maintenance.md'
