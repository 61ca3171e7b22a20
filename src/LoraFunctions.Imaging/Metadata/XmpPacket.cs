using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace LoraFunctions.Imaging.Metadata;

/// <summary>The XMP packet (ISO 16684-1) with the AI label and IPTC's digital source type.</summary>
internal static class XmpPacket
{
    private const string PacketId = "W5M0MpCehiHzreSzNTczkc9d";

    private static readonly XNamespace Meta = "adobe:ns:meta/";
    private static readonly XNamespace Rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
    private static readonly XNamespace Aigc = AiLabel.Namespace;
    private static readonly XNamespace Iptc = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/";

    public static byte[] Build(AiLabel label)
    {
        var meta = new XElement(
            Meta + "xmpmeta",
            new XAttribute(XNamespace.Xmlns + "x", Meta.NamespaceName),
            new XElement(
                Rdf + "RDF",
                new XAttribute(XNamespace.Xmlns + "rdf", Rdf.NamespaceName),
                new XElement(
                    Rdf + "Description",
                    new XAttribute(Rdf + "about", ""),
                    new XAttribute(XNamespace.Xmlns + "TC260", Aigc.NamespaceName),
                    new XAttribute(XNamespace.Xmlns + "Iptc4xmpExt", Iptc.NamespaceName),
                    new XElement(Aigc + "AIGC", label.ToJson()),
                    new XElement(Iptc + "DigitalSourceType", AiLabel.DigitalSourceType))));
        return Encoding.UTF8.GetBytes(
            $"<?xpacket begin=\"\uFEFF\" id=\"{PacketId}\"?>\n{meta.ToString(SaveOptions.None).ReplaceLineEndings("\n")}\n<?xpacket end=\"w\"?>");
    }

    /// <summary>The label of a packet, ours or another's; null when it has none.</summary>
    /// <exception cref="MetadataException">The packet is not XML, or has a label without IPTC's source type.</exception>
    public static AiLabel? ReadLabel(byte[] packet)
    {
        XDocument document;
        try
        {
            var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null };
            using var reader = XmlReader.Create(new StringReader(Encoding.UTF8.GetString(packet)), settings);
            document = XDocument.Load(reader);
        }
        catch (XmlException e)
        {
            throw new MetadataException($"The XMP packet is not XML: {e.Message}", e);
        }

        if (Property(document, Aigc + "AIGC") is not { } json)
        {
            return null;
        }

        var source = Property(document, Iptc + "DigitalSourceType");
        return string.Equals(source, AiLabel.DigitalSourceType, StringComparison.Ordinal)
            ? AiLabel.FromJson(json)
            : throw new MetadataException(
                $"The XMP packet has an AI label, but its DigitalSourceType is '{source ?? "missing"}' instead of '{AiLabel.DigitalSourceType}'.");
    }

    // XMP allows a simple property as an element or as an attribute of rdf:Description.
    private static string? Property(XDocument document, XName name) =>
        document.Descendants(name).FirstOrDefault()?.Value
        ?? document.Descendants(Rdf + "Description").Attributes(name).FirstOrDefault()?.Value;
}
