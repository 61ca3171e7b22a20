namespace LoraFunctions.Imaging.Sheets;

/// <summary>One picture of a sheet and the line below it; an empty caption leaves the line blank.</summary>
public sealed record ContactSheetTile(RgbImage Picture, string Caption);
