using System.Text;
using System.Text.Json;
using LoraFunctions.Pipeline.Listings;

namespace LoraFunctions.Pipeline.Api;

/// <summary>What the trigger on <see cref="QueueNames.ListingChanges"/> does.</summary>
public sealed class ListingEvents
{
    private const string Subject = $"/blobServices/default/containers/{ContainerNames.VehiclePhotos}/blobs/";

    private readonly ChangedListings _changed;

    internal ListingEvents(ChangedListings changed) => _changed = changed;

    /// <summary>Marks the listing whose blob was written or deleted; a blob outside of any listing's folder marks none.</summary>
    /// <param name="message">Event Grid's event, of its own schema or a CloudEvent: both have a subject. Event Grid sends base64.</param>
    /// <exception cref="JsonException">No such event; after some deliveries the queue puts it aside.</exception>
    public async Task MarkAsync(string message, CancellationToken cancellationToken)
    {
        var listing = Listing(message);
        if (ListingFolder.IdObjection(listing) is null)
        {
            await _changed.MarkAsync(listing, cancellationToken);
        }
    }

    /// <summary>The part before the first '/'; empty for a blob outside of any folder.</summary>
    private static string Listing(string message)
    {
        using var document = JsonDocument.Parse(message.StartsWith('{') ? message : Decoded(message));
        var subject = document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("subject", out var value) ? value.ToString() : "";
        if (!subject.StartsWith(Subject, StringComparison.Ordinal))
        {
            throw new JsonException($"The message is no event of a blob below {Subject}.");
        }

        var name = subject[Subject.Length..];
        return name[..Math.Max(0, name.IndexOf('/'))];
    }

    private static string Decoded(string message)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(message));
        }
        catch (FormatException e)
        {
            throw new JsonException("The message is neither JSON nor base64.", e);
        }
    }
}
