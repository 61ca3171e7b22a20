using System.Text;
using LoraFunctions.Pipeline.Listings;

namespace LoraFunctions.Pipeline.Tests.Listings;

public sealed class VehicleReaderTests
{
    private const string Good = """
        {
          "make": "Tesla", "model": "Model Y", "generation": 2024, "year": 2024, "segment": "suv", "price": 249900.5, "released": true,
          "features": ["hidden door handles", "through-type tail lamp"], "listedAt": "2025-03-01T09:30:00+08:00", "mileage": 12000
        }
        """;

    [Fact]
    public void Read_GoodFile_GivesTheVehicle()
    {
        var vehicle = Read(Good);

        (vehicle.Make, vehicle.Model, vehicle.Generation, vehicle.Year).ShouldBe(("Tesla", "Model Y", "2024", 2024));
        (vehicle.Segment, vehicle.Price, vehicle.Released, vehicle.DisplayName).ShouldBe(("suv", 249900.5m, true, "Tesla Model Y"));
        vehicle.Features.ShouldBe(["hidden door handles", "through-type tail lamp"]);
        vehicle.ListedAt.ShouldBe(DateTimeOffset.Parse("2025-03-01T09:30:00+08:00"));
    }

    [Fact]
    public void Read_ByteOrderMark_IsLeftAlone() => Read("\uFEFF" + Good).Make.ShouldBe("Tesla");

    [Fact]
    public void Read_LeastFields_GivesDefaults()
    {
        var vehicle = Read("""{"make": "比亚迪", "model": "汉", "released": false, "listedAt": "2025-03-01"}""");

        (vehicle.Generation, vehicle.Segment, vehicle.Price, vehicle.Features.Count).ShouldBe(("", "", 0m, 0));
        vehicle.ListedAt.ShouldBe(DateTimeOffset.Parse("2025-03-01T00:00:00Z"));
    }

    [Fact]
    public void Read_ManyErrors_NamesAll()
    {
        var message = Problem("""
            {"schemaVersion": 2, "make": " ", "model": 3, "year": 20244, "price": "cheap", "released": "yes",
             "features": ["a", "<lora:x:1>"], "listedAt": "yesterday"}
            """);

        message.ShouldBe(string.Join("; ",
            "'schemaVersion' is 2; it must be a whole number from 1 to 1",
            "'make' is empty",
            "'model' must be a text",
            "'year' is 20244; it must be a whole number from 1950 to 2100",
            "'price' is \"cheap\"; it must be a number of at least 0",
            "'released' is missing or neither true nor false; concept cars must say false",
            "'features[1]' is '<lora:x:1>'; line breaks and the characters < > \" do not fit into captions and prompts",
            "'listedAt' is missing or no ISO 8601 time such as 2025-03-01T09:30:00+08:00"));
    }

    [Theory]
    [InlineData("", "not valid JSON (line 1)")]
    [InlineData("{\"make\": \"a\",\n \"model\": }", "not valid JSON (line 2)")]
    [InlineData("[]", "must be one JSON object")]
    [InlineData("{\"make\": \"!\", \"model\": \"?\", \"released\": true, \"listedAt\": \"2025-03-01\"}", "must each hold a letter or a digit")]
    public void Read_Broken_SaysHow(string text, string problem) => Problem(text).ShouldContain(problem);

    [Fact]
    public void Read_HugeFile_IsRefused() => Problem(new string(' ', 70_000)).ShouldBe("it has 70000 bytes; at most 65536 are read");

    private static Contracts.Vehicle Read(string text) => VehicleReader.Read(Encoding.UTF8.GetBytes(text));

    private static string Problem(string text) => Should.Throw<InvalidDataException>(() => Read(text)).Message;
}
