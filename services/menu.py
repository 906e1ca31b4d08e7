"""The beers, the donuts and their bakers, as they are written into an empty database."""

from __future__ import annotations

from typing import NamedTuple


class BeerFacts(NamedTuple):
    """A beer on the menu; hops is its bitterness from 0 to 100."""

    name: str
    style: str
    hops: int


class DonutFacts(NamedTuple):
    """A donut on the menu; sugar is its sweetness from 0 to 100."""

    name: str
    sugar: int
    baker: str


BEERS = [
    BeerFacts("ipa", "citrus, pine and a dry end", 65),
    BeerFacts("double ipa", "twice the hops, half the caution", 82),
    BeerFacts("session ipa", "the small one that lasts an evening", 46),
    BeerFacts("black ipa", "roasted malt in a hop forest", 70),
    BeerFacts("hazy ipa", "mango juice with opinions", 40),
    BeerFacts("pale ale", "grapefruit on warm toast", 38),
    BeerFacts("amber ale", "caramel with a clear conscience", 30),
    BeerFacts("brown ale", "hazelnuts and old armchairs", 25),
    BeerFacts("blonde ale", "straw, honey, no questions asked", 20),
    BeerFacts("cream ale", "soft corn and a long afternoon", 15),
    BeerFacts("stout", "black coffee with a cream hat", 43),
    BeerFacts("imperial stout", "tar, figs and winter", 75),
    BeerFacts("milk stout", "cocoa before bed", 28),
    BeerFacts("oatmeal stout", "breakfast, strictly speaking", 36),
    BeerFacts("porter", "dark chocolate and dock rope", 33),
    BeerFacts("baltic porter", "plums that crossed a cold sea", 37),
    BeerFacts("pilsner", "bread crust and noble hops", 35),
    BeerFacts("helles", "sunlight on a white tablecloth", 18),
    BeerFacts("dunkel", "toasted rye and quiet", 22),
    BeerFacts("bock", "malt with its sleeves rolled up", 24),
    BeerFacts("doppelbock", "liquid bread, as the monks had it", 21),
    BeerFacts("kolsch", "thin glasses, quick refills", 23),
    BeerFacts("hefeweizen", "banana and clove in a cloud", 12),
    BeerFacts("witbier", "coriander and orange peel", 14),
    BeerFacts("saison", "pepper, hay and farm dust", 27),
    BeerFacts("dubbel", "raisins in the abbey garden", 19),
    BeerFacts("tripel", "honey, pepper and a late bell", 29),
    BeerFacts("lambic", "wild cherries and open windows", 8),
    BeerFacts("gose", "salt, lemon, a stiff breeze", 6),
    BeerFacts("barleywine", "toffee by the fireplace, slowly", 97),
]

DONUTS = [
    DonutFacts("salted pretzel", 4, "Greta Salzmann"),
    DonutFacts("olive oil", 7, "Nico Frantoio"),
    DonutFacts("black pepper", 9, "Pip Kerala"),
    DonutFacts("lemon curd", 12, "Citra Sour"),
    DonutFacts("rhubarb", 13, "Rhoda Stalk"),
    DonutFacts("matcha", 15, "Uji Green"),
    DonutFacts("buttermilk", 17, "Bess Churn"),
    DonutFacts("cardamom", 18, "Saga Pod"),
    DonutFacts("poppy seed", 19, "Papa Ver"),
    DonutFacts("old-fashioned", 20, "Walt Crumb"),
    DonutFacts("blueberry", 22, "Bea Bilby"),
    DonutFacts("cider", 23, "Russet Press"),
    DonutFacts("pumpkin", 24, "Jack Lantern"),
    DonutFacts("earl grey", 25, "Bergamo Steep"),
    DonutFacts("raspberry", 26, "Ruby Cane"),
    DonutFacts("hazelnut", 27, "Hazel Grove"),
    DonutFacts("cinnamon sugar", 29, "Cassia Bark"),
    DonutFacts("sour cream", 30, "Smetana Kluba"),
    DonutFacts("gingerbread", 31, "Ginny Rhizome"),
    DonutFacts("coconut", 33, "Coco Palm"),
    DonutFacts("glazed", 34, "Simon Shine"),
    DonutFacts("jelly", 35, "Bavo Berliner"),
    DonutFacts("apple fritter", 36, "Fritzi Pome"),
    DonutFacts("passion fruit", 38, "Maracuja Vine"),
    DonutFacts("mango", 39, "Alphonso Ripe"),
    DonutFacts("peanut butter", 40, "Arachis Crunch"),
    DonutFacts("mocha", 42, "Joe Grind"),
    DonutFacts("maple", 43, "Acer Sugarman"),
    DonutFacts("maple bacon", 44, "Hamish Smoke"),
    DonutFacts("tiramisu", 45, "Mara Scarpone"),
    DonutFacts("pistachio", 47, "Bronte Green"),
    DonutFacts("almond", 48, "Mandel Blanch"),
    DonutFacts("sesame brittle", 50, "Halva Tahin"),
    DonutFacts("rum raisin", 51, "Mo Lasses"),
    DonutFacts("custard", 53, "Van Illa"),
    DonutFacts("bavarian cream", 54, "Bavaria Sahne"),
    DonutFacts("boston cream", 56, "Parker House"),
    DonutFacts("pink frosted", 57, "Homer Glaze"),
    DonutFacts("orange blossom", 59, "Azahar Petal"),
    DonutFacts("black forest", 60, "Kirsch Wald"),
    DonutFacts("baklava", 62, "Filo Antep"),
    DonutFacts("chocolate", 63, "Cacao Conche"),
    DonutFacts("double chocolate", 65, "Cacao Conche the Younger"),
    DonutFacts("praline", 66, "Noisette Feuillet"),
    DonutFacts("honey dip", 68, "Apis Comb"),
    DonutFacts("caramel", 70, "Candy Burns"),
    DonutFacts("salted caramel", 71, "Brit Anny"),
    DonutFacts("dulce de leche", 73, "Leche Quemada"),
    DonutFacts("churro", 74, "Lazo Azucar"),
    DonutFacts("birthday cake", 76, "Candle Light"),
    DonutFacts("rocky road", 77, "Rocky Rhodes"),
    DonutFacts("s'more", 79, "Camp Fire"),
    DonutFacts("banoffee", 80, "Toffee Musa"),
    DonutFacts("cookie dough", 82, "Chip Raw"),
    DonutFacts("marshmallow", 84, "Mallow Root"),
    DonutFacts("lebkuchen", 86, "Nora Berger"),
    DonutFacts("baked alaska", 98, "Norm Frost"),
    DonutFacts("treacle", 90, "Black Strap"),
    DonutFacts("turkish delight", 92, "Rosa Locum"),
    DonutFacts("cotton candy", 95, "Flossie Spin"),
]

ASLEEP = {"Mara Scarpone", "Uji Green", "Candle Light", "Kirsch Wald"}
"""Bakers who are not at work today: their donuts are on the menu, but sold out."""

FROZEN = "baked alaska"
"""The donut that must thaw before it can be tasted (planted: bottleneck 10)."""

REVIEW_COUNT = 300_000
"""The number of reviews, of all beers together."""

VERDICTS = (
    "I came for one and stayed for the evening.",
    "My grandmother would call this breakfast.",
    "Tastes the way a good chair feels.",
    "Not for me, but my dog looked interested.",
    "Went quiet after the first sip. In a good way.",
    "Honest, round, and gone too soon.",
    "A bit loud, like its label.",
    "I have forgiven my neighbour. It is that good.",
)
"""The texts of the reviews."""
