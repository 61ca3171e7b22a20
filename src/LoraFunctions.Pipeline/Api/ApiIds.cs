using System.Text.RegularExpressions;
using LoraFunctions.Pipeline.Orchestration;

namespace LoraFunctions.Pipeline.Api;

/// <summary>Names that come from outside, before anything is looked up by them.</summary>
internal static partial class ApiIds
{
    private const int MaxKeyLength = 40;

    /// <summary>Of an orchestration: letters and digits of any script, as model keys have them, and <c>- _ . :</c>.</summary>
    public static bool IsInstance(string id) => id.Length is > 0 and <= InstanceIds.MaxLength && Instance().IsMatch(id);

    public static bool IsRequest(string id) => Request().IsMatch(id);

    /// <summary>The body's <c>idempotencyKey</c>, or the header <c>Idempotency-Key</c>; empty where neither is there.</summary>
    public static string IdempotencyKey(ApiCall call)
    {
        const string field = "idempotencyKey";
        var header = call.Header("Idempotency-Key");
        var key = call.Body.Text(field, required: false) ?? header ?? "";
        if (header is not null && header != key)
        {
            call.Body.Error(field, "it is not what the header Idempotency-Key says; give one of them.");
        }

        if (key.Length > MaxKeyLength || key.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')))
        {
            call.Body.Error(field, $"it may have up to {MaxKeyLength} letters, digits and - _ .");
        }

        return key;
    }

    [GeneratedRegex(@"^[\p{L}\p{M}\p{N}\-_.:]+$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Instance();

    [GeneratedRegex("^[0-9a-f]{16}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Request();
}
