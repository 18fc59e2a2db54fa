"""The app's pages: they ask, let play and show; what they show is made below."""
