"""How those who took part judge a session: asked by a personal link, told together and without names."""
