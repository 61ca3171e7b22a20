namespace LoraFunctions.Pipeline.Api;

/// <summary>A request as a host hands it over.</summary>
/// <param name="Url">With path and query.</param>
/// <param name="Header">The value of a header; null where it is not there.</param>
/// <param name="Body">Read to a limit.</param>
public sealed record ApiRequest(string Method, Uri Url, Func<string, string?> Header, Stream Body);
