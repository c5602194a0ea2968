using System.Text.Json;
using StreamBack.Client.Tests.Harness;

namespace StreamBack.Client.Tests.Serving;

/// <summary>A hundred clients at once, curl and streamback, each a process of its own.</summary>
public sealed class HundredClientsTests : IDisposable
{
    private const int Clients = 100;

    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task Each_gets_what_it_was_acknowledged_and_the_list_has_each_once()
    {
        await home.Put("seed", [1]);
        home["T"] = home["STREAMBACK_TOKEN"] = await ServerProcess.Token(home, "all", "put,get,list");
        using var server = await ServerProcess.Start(home);
        (await server.Shell("""
            head -c 500000 /dev/urandom > common
            # Some of a stream are bytes that all have; up to 2 MB are its own. Every fifth puts to one name that they share.
            client() {
              local name=many/client$1
              (($1 % 5)) || name=many/shared
              { head -c $((RANDOM * 15)) common; head -c $((RANDOM % 10 * RANDOM % 10 * 20000 + $1)) /dev/urandom; } > in$1
              if (($1 % 10)); then
                curl -sf -T in$1 -H "Authorization: Bearer $T" $S/$name > put$1.json || return
                id=$(sed 's/.*"id":"\([0-9a-f]*\)".*/\1/' put$1.json)
                curl -sf -D head$1 -o out$1 -H "Authorization: Bearer $T" $S/$name@$id || return
                [[ $(sed -n 's/^Repr-Digest: sha-256=:\(.*\):\r$/\1/p' head$1) == $(openssl dgst -sha256 -binary out$1 | base64) ]] || return
              else
                streamback --repository $A put $name --json < in$1 > put$1.json || return
                id=$(sed 's/.*"id":"\([0-9a-f]*\)".*/\1/' put$1.json)
                streamback --repository $A get $name@$id > out$1 || return
              fi
              cmp in$1 out$1
            }
            all=() failed=0
            for i in $(seq 100); do client $i & all+=($!); done
            for i in $(seq 100); do wait ${all[i-1]} || { echo "client $i" >&2; failed=1; }; done
            exit $failed
            """)).Succeeded();
        var acknowledged = Enumerable.Range(1, Clients).Select(number => JsonDocument.Parse(File.ReadAllBytes(home.At($"put{number}.json"))).RootElement);
        var ids = acknowledged.Select(snapshot => (snapshot.GetProperty("name").GetString(), snapshot.GetProperty("id").GetString()));
        var listed = (await home.Run("list", "many/", "--json")).Succeeded().Lines.Select(line => JsonDocument.Parse(line).RootElement);
        Assert.Equal(ids.Order(), listed.Select(snapshot => (snapshot.GetProperty("name").GetString(), snapshot.GetProperty("id").GetString())).Order());
        (await home.Run("check", "--read-data")).Succeeded();
        Assert.Empty(home.Repository.Temporaries);
        Assert.Empty(server.Faults);
    }
}
