namespace LoraFunctions.Jobs.Labelling;

/// <summary>One row of <c>metadata.csv</c>.</summary>
/// <param name="Line">Where it stands, from 1; 0 for a row that was not read.</param>
public sealed record CaptionRow(string FileName, string Caption, long Line = 0);
