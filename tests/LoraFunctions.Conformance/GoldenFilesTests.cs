using LoraFunctions.Diffusion.Safetensors;
using Shouldly;
using Xunit;

namespace LoraFunctions.Conformance;

public sealed class GoldenFilesTests
{
    [Fact]
    public void EveryGoldenFile_WrittenAgain_HasTheReferenceLibrarysBytes()
    {
        if (!Golden.Folder.StartsWith(AppContext.BaseDirectory, StringComparison.Ordinal))
        {
            Assert.Skip("GOLDEN_DIR is set: what wrote that folder's files may order them otherwise. Their numbers are compared by the "
                + "other tests.");
        }

        var files = Directory.GetFiles(Golden.Folder).Where(file => file.Contains(".safetensors", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).ToList();
        files.ShouldNotBeEmpty();
        foreach (var name in files.Select(path => Path.GetFileName(path)!))
        {
            var original = Golden.Bytes(name);
            using var scope = TorchSharp.torch.NewDisposeScope();
            using var file = SafetensorsFile.Open(original, name);
            if (file.Metadata.Count > 1)
            {
                continue; // the reference library writes metadata in no particular order
            }

            using var written = new MemoryStream();
            SafetensorsWriter.Write(written, file.Entries.Select(entry => KeyValuePair.Create(entry.Name, file.ReadTensor(entry.Name))),
                file.Metadata.Count == 0 ? null : file.Metadata);
            written.ToArray().AsSpan().SequenceEqual(original).ShouldBeTrue(name);
        }
    }
}
