using Shouldly;
using Xunit;

namespace LoraFunctions.Contracts.Tests;

public sealed class SecretsTests
{
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    [Theory]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=cars;AccountKey=" + Key + ";EndpointSuffix=core.windows.net")]
    [InlineData("accountkey = " + Key)]
    [InlineData("AcountKye=" + Key)]
    [InlineData("""{"AccountKey":"Eby8vdM02"}""")]
    [InlineData("a key alone, '" + Key + "', in a sentence")]
    [InlineData("SharedAccessSignature=sv=2024&sig=Eby8vdM02%2B&se=2030")]
    [InlineData("https://a.blob.core.windows.net/c/b?sv=2024&SIG=Eby8vdM02%2Bx%3D&se=2030")]
    [InlineData("https://a.blob.core.windows.net/c/b?sv=2024&sig=Eby8vdM02+x=&se=2030")]
    [InlineData("redirect=https%3A%2F%2Fa%2Fb%3Fsig%3DEby8vdM02%252Bx%253D")]
    [InlineData("\"sig=x\\u002BEby8vdM02\\u0026se=2030\"")]
    [InlineData("Authorization: SharedKey cars:Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRY=")]
    [InlineData("Authorization: Bearer eyJ0eXAiOiJKV1QiEby8vdM02.eyJhdWQi.x-y_z")]
    [InlineData("https://cars:Eby8vdM02@feed.example.com/index.json")]
    [InlineData("POST /api/training?code=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1")]
    public void Redact_TextWithASecret_HoldsItNoMore(string text)
    {
        string redacted = Secrets.Redact(text);
        redacted.ShouldContain("***");
        redacted.ShouldNotContain("Eby8vdM02");
    }

    [Theory]
    [InlineData("modelKey: tesla-model-y, job label-0a1b2c3d4e5f60718293a4b5c6d7e8f9 ended with exit code=1")]
    [InlineData("config/labels.yaml has SHA-256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08; another was expected.")]
    [InlineData("a photo of (Tesla Model Y:1.2), <lora:tesla_lora:0.8>, sigma=14.6, design=sedan")]
    [InlineData("looked in http://127.0.0.1:10000/devstoreaccount1 at 10:30, Folder: /srv/lora/night.log")]
    public void Redact_TextWithoutASecret_StaysAsItIs(string text) => Secrets.Redact(text).ShouldBe(text);

    [Fact]
    public void Redacting_LinesOfAWriter_HoldNoSecrets()
    {
        var inner = new StringWriter { NewLine = "\n" };
        TextWriter writer = Secrets.Redacting(inner);
        writer.WriteLine("AccountKey=" + Key);
        writer.Write("sig=abc");
        writer.WriteLine();
        inner.ToString().ShouldBe("AccountKey=***\nsig=***\n");
    }
}
