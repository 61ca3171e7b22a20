using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Web;
using Azure.Core;
using Azure.Core.Pipeline;

namespace LoraFunctions.Benchmarks.Night;

/// <summary>
/// The container <c>vehicle-photos</c> of a marketplace, made up while it is asked for; every other request goes on to the storage. Archived listings are
/// <c>a000000</c> and on, new ones <c>n000000</c>; each has ten photos and a vehicle.json.
/// </summary>
internal sealed class PaperArchive(int archived) : HttpPipelineTransport
{
    public const int Photos = 10;

    private static readonly string[] s_files = [.. Enumerable.Range(0, Photos).Select(i => $"img{i:00}.jpg"), "vehicle.json"];
    private int _calls;

    public int Calls => Volatile.Read(ref _calls);

    /// <summary>New listings.</summary>
    public int New { get; set; }

    public override Request CreateRequest() => HttpClientTransport.Shared.CreateRequest();

    public override void Process(HttpMessage message) => ProcessAsync(message).AsTask().GetAwaiter().GetResult();

    public override async ValueTask ProcessAsync(HttpMessage message)
    {
        Interlocked.Increment(ref _calls);
        Uri uri = message.Request.Uri.ToUri();
        string[] path = uri.AbsolutePath.Split('/', 4); // account, container, blob
        if (message.Request.Method == RequestMethod.Get && path is [_, _, ContainerNames.VehiclePhotos, ..])
        {
            message.Response = new Answer(path.Length == 3 ? List(HttpUtility.ParseQueryString(uri.Query)) : Vehicle(), message.Request.ClientRequestId);
        }
        else
        {
            await HttpClientTransport.Shared.ProcessAsync(message);
        }
    }

    public static string Id(int number, bool isNew) => string.Create(CultureInfo.InvariantCulture, $"{(isNew ? 'n' : 'a')}{number:000000}");

    /// <summary>Names are in their order: every listing's files lie side by side, and the new listings behind the archived ones.</summary>
    private byte[] List(System.Collections.Specialized.NameValueCollection query)
    {
        var (first, count) = query["prefix"] is { Length: > 0 } prefix
            ? (Listing(prefix.TrimEnd('/')) * s_files.Length, s_files.Length)
            : (int.Parse(query["marker"] ?? "0", CultureInfo.InvariantCulture), int.Parse(query["maxresults"] ?? "5000", CultureInfo.InvariantCulture));
        int all = (archived + New) * s_files.Length;
        int end = Math.Min(all, first + count);
        var xml = new StringBuilder("<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ServiceEndpoint=\"http://127.0.0.1/\" ContainerName=\"vehicle-photos\"><Blobs>");
        for (int at = first; at < end; at++)
        {
            int listing = at / s_files.Length;
            string id = listing < archived ? Id(listing, isNew: false) : Id(listing - archived, isNew: true);
            xml.Append(CultureInfo.InvariantCulture, $"<Blob><Name>{id}/{s_files[at % s_files.Length]}</Name><Properties>")
                .Append(CultureInfo.InvariantCulture, $"<Content-Length>{100_000 + at}</Content-Length><Etag>0x8DC{at:X8}</Etag><Content-MD5>CY9rzUYh03PK3k6DJie09g==</Content-MD5><BlobType>BlockBlob</BlobType></Properties></Blob>");
        }

        string next = query["prefix"] is { Length: > 0 } || end == all ? "" : end.ToString(CultureInfo.InvariantCulture);
        return Encoding.UTF8.GetBytes(xml.Append(CultureInfo.InvariantCulture, $"</Blobs><NextMarker>{next}</NextMarker></EnumerationResults>").ToString());
    }

    private int Listing(string id) => int.Parse(id[1..], CultureInfo.InvariantCulture) + (id[0] == 'n' ? archived : 0);

    private static byte[] Vehicle() => """{"make": "Made", "model": "Up", "released": true, "listedAt": "2025-03-01T09:30:00+08:00"}"""u8.ToArray();

    private sealed class Answer(byte[] content, string requestId) : Azure.Response
    {
        private readonly Dictionary<string, string> _headers = new(StringComparer.OrdinalIgnoreCase)
        {
            ["Content-Type"] = "application/xml",
            ["Content-Length"] = content.Length.ToString(CultureInfo.InvariantCulture),
            ["ETag"] = "\"0x8DC3A2B1C0D9E8F\"",
            ["Last-Modified"] = "Sat, 01 Mar 2025 01:30:00 GMT",
            ["x-ms-blob-type"] = "BlockBlob",
        };

        public override int Status => 200;

        public override string ReasonPhrase => "OK";

        public override Stream? ContentStream { get; set; } = new MemoryStream(content);

        public override string ClientRequestId { get; set; } = requestId;

        public override void Dispose() => ContentStream?.Dispose();

        protected override bool ContainsHeader(string name) => _headers.ContainsKey(name);

        protected override IEnumerable<HttpHeader> EnumerateHeaders() => _headers.Select(h => new HttpHeader(h.Key, h.Value));

        protected override bool TryGetHeader(string name, [NotNullWhen(true)] out string? value) => _headers.TryGetValue(name, out value);

        protected override bool TryGetHeaderValues(string name, [NotNullWhen(true)] out IEnumerable<string>? values)
        {
            values = _headers.TryGetValue(name, out string? value) ? [value] : null;
            return values is not null;
        }
    }
}
