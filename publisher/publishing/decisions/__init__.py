"""What is newly published, held and due; pure: values in, values out."""
