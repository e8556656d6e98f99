# `npm run release -- bake` gives all of these. The defaults let `packer validate images/` check the templates by themselves.

variable "region" {
  type        = string
  default     = "eu-west-1"
  description = "AWS region in which the image is made."
}

variable "version" {
  type        = string
  default     = "0000000-000000000000"
  description = "Version of the image: the first 7 digits of the commit, the first 12 of the content's hash."

  validation {
    condition     = can(regex("^[0-9a-f]{7}-[0-9a-f]{12}$", var.version))
    error_message = "The version must be 7 and 12 hexadecimal digits, such as 1a2b3c4-0123456789ab."
  }
}

variable "commit" {
  type        = string
  default     = "0000000000000000000000000000000000000000"
  description = "Full git SHA of the source, with -dirty appended when the tree had changes."

  validation {
    condition     = can(regex("^[0-9a-f]{40}(-dirty)?$", var.commit))
    error_message = "The commit must be 40 hexadecimal digits, with or without -dirty."
  }
}

variable "content_hash" {
  type        = string
  default     = "000000000000"
  description = "Hash of everything that goes into the image, in hexadecimal digits."

  validation {
    condition     = can(regex("^[0-9a-f]{12,}$", var.content_hash))
    error_message = "The content hash must be at least 12 hexadecimal digits."
  }
}

variable "parent_ami" {
  type        = string
  default     = null
  description = "Image to build on. Default: the newest Amazon Linux 2023 for base, the newest base layer for an application."

  validation {
    condition     = var.parent_ami == null || can(regex("^ami-[0-9a-f]+$", var.parent_ami))
    error_message = "The parent must be an AMI id, such as ami-0123456789abcdef0."
  }
}

variable "manifest" {
  type        = string
  default     = "packer-manifest.json"
  description = "File that gets the id of the finished image. Its folder must exist."
}

variable "instance_type" {
  type        = string
  default     = "t3.small"
  description = "Type of the builder. Not that of the fleets: an x86_64 image runs on every x86_64 type."
}

variable "subnet_id" {
  type        = string
  default     = null
  description = "Subnet of the builder, with a way out to Amazon's package repositories and to Session Manager. Default: one of the account's default VPC."
}
