namespace LoraFunctions.Showroom.Drawings;

/// <summary>Everything that a drawing shows: the known truth about it. The seed moves camera, houses and sky a little.</summary>
public sealed record CarShot(CarModelDesign Design, CarView View, Paint Paint, Background Background, Lighting Lighting, int Seed);
