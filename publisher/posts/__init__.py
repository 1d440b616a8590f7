"""From the posts folder to posts, their records and the entries made of them."""
