# The fast layer: bundles, Chromium and the unit on top of the base layer. Installs nothing from a repository.
locals {
  url2png = {
    App  = "url2png"
    Name = "steadfast-url2png-${var.version}"
  }
}

build {
  name = "url2png"

  source "amazon-ebs.machine" {
    name = "url2png"
    # The time makes it unique: the same content may be baked again, for an image that was deleted.
    ami_name        = "${local.url2png.Name}-${local.time}"
    ami_description = "URL2PNG: the worker that takes pictures of pages, and its Chromium."
    tags            = merge(local.tags, local.url2png)
    snapshot_tags   = merge(local.tags, local.url2png)
    run_tags        = merge(local.builder_tags, local.url2png)
    run_volume_tags = merge(local.builder_tags, local.url2png)

    source_ami_filter {
      filters = var.parent_ami != null ? convert({ image-id = var.parent_ami }, map(string)) : convert({
        "tag:App"       = "base"
        "tag:ManagedBy" = "steadfast"
        state           = "available"
      }, map(string))
      owners      = ["self"]
      most_recent = true
    }
  }

  provisioner "shell" {
    script          = "${path.root}/base/wait-for-cloud-init.sh"
    execute_command = local.as_root
  }

  provisioner "shell" {
    inline = ["mkdir /tmp/application /tmp/units"]
  }

  # Made by `npm run build`, and looked for only when it is uploaded: the templates can be validated without it.
  provisioner "file" {
    source      = "${path.root}/../dist/url2png/"
    destination = "/tmp/application"
    generated   = true
  }

  provisioner "file" {
    source      = "${path.root}/url2png/"
    destination = "/tmp/units"
  }

  provisioner "shell" {
    script           = "${path.root}/base/install-application.sh"
    execute_command  = local.as_root
    environment_vars = ["APPLICATION=url2png"]
  }

  provisioner "shell" {
    script          = "${path.root}/url2png/install-chromium.sh"
    execute_command = local.as_root
  }

  # Fails the bake unless the service answers, for which its Chromium has to run in its sandbox; then removes what trying it
  # has left.
  provisioner "shell" {
    scripts = [
      "${path.root}/base/check-services.sh",
      "${path.root}/base/seal.sh",
    ]
    execute_command = local.as_root
    environment_vars = [
      "APPLICATION=url2png",
      "UNITS=url2png-worker",
      "PORT=8080",
      "AWS_REGION=${var.region}",
    ]
  }

  post-processor "manifest" {
    output = var.manifest
  }
}
