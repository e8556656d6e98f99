# The slow layer: what every application's machine has. Baked when its recipe or Amazon Linux changes.
locals {
  base = {
    App  = "base"
    Name = "steadfast-base-${var.version}"
  }
}

build {
  name = "base"

  source "amazon-ebs.machine" {
    name = "base"
    # The time makes it unique: the same content may be baked again, for an image that was deleted.
    ami_name        = "${local.base.Name}-${local.time}"
    ami_description = "Amazon Linux 2023 with Node.js 24 and the CloudWatch agent. Base layer of Steadfast's applications."
    tags            = merge(local.tags, local.base)
    snapshot_tags   = merge(local.tags, local.base)
    run_tags        = merge(local.builder_tags, local.base)
    run_volume_tags = merge(local.builder_tags, local.base)

    source_ami_filter {
      # The release tool names the parent: the image behind AWS's public parameter for the default kernel. By hand it is the
      # newest with whichever kernel. "2023." leaves out the minimal and the ECS images.
      filters = var.parent_ami != null ? convert({ image-id = var.parent_ami }, map(string)) : convert({
        name                = "al2023-ami-2023.*-kernel-*-x86_64"
        architecture        = "x86_64"
        root-device-type    = "ebs"
        virtualization-type = "hvm"
      }, map(string))
      owners      = ["amazon"]
      most_recent = true
    }
  }

  provisioner "shell" {
    script          = "${path.root}/base/wait-for-cloud-init.sh"
    execute_command = local.as_root
  }

  # What install.sh and install-logs.sh put in place.
  provisioner "file" {
    source      = "${path.root}/base"
    destination = "/tmp"
  }

  provisioner "shell" {
    scripts = [
      "${path.root}/base/install.sh",
      "${path.root}/base/install-logs.sh",
      "${path.root}/base/seal.sh",
    ]
    execute_command = local.as_root
  }

  post-processor "manifest" {
    output = var.manifest
  }
}
