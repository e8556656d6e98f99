locals {
  now  = timestamp()
  time = formatdate("YYYYMMDDhhmmss", local.now)

  # Each build adds its App and Name. Packer's own `build_name` would be this source's name in all of them.
  tags = {
    Version     = var.version
    Commit      = var.commit
    ContentHash = var.content_hash
    ParentAmi   = "{{ .SourceAMI }}"
    ManagedBy   = "steadfast"
  }

  builder_tags = {
    Version   = var.version
    ManagedBy = "steadfast"
  }

  as_root = "sudo env {{ .Vars }} bash '{{ .Path }}'"
}

# Everything that the layers have in common. A build adds its name, its parent and its steps.
source "amazon-ebs" "machine" {
  region        = var.region
  instance_type = var.instance_type
  subnet_id     = var.subnet_id

  # Half a year: EC2 hides it from searches by others then; machines that run it, and whoever names its id, are not affected.
  deprecate_at = timeadd(local.now, "4320h")

  # Encrypted from the first byte, so is the snapshot that becomes the image: no copy of it has to be encrypted at the end.
  launch_block_device_mappings {
    device_name           = "/dev/xvda"
    volume_type           = "gp3"
    volume_size           = 8
    encrypted             = true
    delete_on_termination = true
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  # SSH inside of a Session Manager tunnel: with this interface, Packer's temporary security group opens no port. Should a
  # version of the plugin open one after all, it is to nobody but the machine itself.
  communicator                          = "ssh"
  ssh_interface                         = "session_manager"
  ssh_username                          = "ec2-user"
  ssh_clear_authorized_keys             = true
  temporary_key_pair_type               = "ed25519"
  temporary_security_group_source_cidrs = ["127.0.0.1/32"]

  # The machine takes one to two minutes to reach Session Manager. A tunnel opened before sshd listens can stay deaf
  # (hashicorp/packer#9897), so the first attempt waits.
  pause_before_ssm = "30s"
  ssh_timeout      = "10m"

  # What Session Manager needs, no more. Packer makes the profile for the builder and removes it.
  temporary_iam_instance_profile_policy_document {
    Version = "2012-10-17"
    Statement {
      Effect   = "Allow"
      Action   = ["ssmmessages:*", "ssm:UpdateInstanceInformation", "ec2messages:*"]
      Resource = ["*"]
    }
  }

  # A builder that Packer could not remove, because its own process was killed, ends by itself.
  user_data_file    = "${path.root}/builder.sh"
  shutdown_behavior = "terminate"

  # Half an hour for the snapshot; the first one of a volume takes longest.
  aws_polling {
    delay_seconds = 15
    max_attempts  = 120
  }
}
