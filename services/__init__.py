"""The app under study: two small services that pair beers with donuts, slow on purpose."""
