namespace LoraFunctions.Pipeline.Messages;

/// <summary>Something a person should know of.</summary>
/// <param name="Subject">What it is about: a blob, a listing, a pair.</param>
/// <param name="Reason">What is wrong and what to do.</param>
public sealed record ReportedProblem(string Subject, string Reason);
