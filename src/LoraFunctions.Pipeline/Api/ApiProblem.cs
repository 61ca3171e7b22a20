namespace LoraFunctions.Pipeline.Api;

/// <summary>Everything that is wrong with a request, at once.</summary>
public sealed record ApiProblem(IReadOnlyList<string> Problems);
